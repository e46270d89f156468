# Which deletes need a second look. Written for terraform's plans, it knows of nothing but
# `resource_changes`, so it holds for the plans of copilot-seats as it is.
package main

import rego.v1

deletes contains change if {
	some change in input.resource_changes
	"delete" in change.change.actions
}

deny contains msg if {
	some change in deletes
	change.type in data.deletes.never
	msg := sprintf("%s: no %s may be deleted", [change.address, change.type])
}

deny contains msg if {
	count(deletes) > data.deletes.at_most
	msg := sprintf("%d deletes, and at most %d go without a second look", [
		count(deletes),
		data.deletes.at_most,
	])
}
