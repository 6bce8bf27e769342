// Runs queries, a JSON list of texts on standard input, and prints for each how many rows
// it gives.
import { readFileSync } from "node:fs";
import { DuckDBInstance } from "@duckdb/node-api";

const db = await (await DuckDBInstance.create(":memory:")).connect();
for (const sql of JSON.parse(readFileSync(0))) {
  console.log((await db.runAndReadAll(sql)).currentRowCount);
}
