// Runs operations of octokit, given as JSON on stdin, and prints what each gives back.
// Usage: node octokit.mjs URL   with [["rest.copilot.listCopilotSeats", {"org": "acme"}], ...]

import { readFileSync } from "node:fs";
import { Octokit } from "octokit";

const octokit = new Octokit({
  auth: "secret",
  baseUrl: process.argv[2],
  throttle: { enabled: false },
  retry: { enabled: false },
});

const found = [];
for (const [name, parameters] of JSON.parse(readFileSync(0, "utf8"))) {
  const [path, how] = name.split("|");
  const method = path.split(".").reduce((within, part) => within[part], octokit);
  try {
    found.push(
      how === "paginate"
        ? await octokit.paginate(method, parameters)
        : (await method(parameters)).data,
    );
  } catch (error) {
    if (error.status === undefined) throw error;
    found.push({ status: error.status, message: error.response.data.message });
  }
}
console.log(JSON.stringify(found));
