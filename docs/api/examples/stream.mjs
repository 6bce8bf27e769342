// Counts all places by state, line by line: memory holds a few at a time.
const response = await fetch((process.env.UNIVAF_URL ?? "http://127.0.0.1:3000") + "/api/v1/locations.ndjson");
if (!response.ok) throw new Error((await response.json()).detail);
const states = new Map();
let rest = "";
for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
  const lines = (rest + text).split("\n");
  rest = lines.pop();
  for (const line of lines) {
    const { state } = JSON.parse(line);
    states.set(state, (states.get(state) ?? 0) + 1);
  }
}
for (const [state, count] of [...states].sort()) console.log(state, count);
