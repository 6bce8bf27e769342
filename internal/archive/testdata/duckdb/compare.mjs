// Compares, table by table, what DuckDB reads from the NDJSON and from the Parquet of a
// day, and the columns with the data dictionary. Prints each table with its rows.
//
//   node compare.mjs FOLDER 2021-11-01
import { readFileSync } from "node:fs";
import { DuckDBInstance } from "@duckdb/node-api";

const [folder, date] = process.argv.slice(2);
const db = await (await DuckDBInstance.create(":memory:")).connect();
const rows = async (sql) => (await db.runAndReadAll(sql)).getRowsJson();
await db.run("SET TimeZone = 'UTC'");

const index = JSON.parse(readFileSync(`${folder}/index.json`));
for (const table of index.tables) {
  const name = `${folder}/${table.name}/${table.name}-${date}`;
  const inParquet = Object.fromEntries((await rows(`DESCRIBE SELECT * FROM '${name}.parquet'`)).map(([column, type]) => [column, type]));
  const type = (field) => field.type.replaceAll("TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE");
  const wanted = Object.fromEntries(table.fields.map((f) => [f.name, type(f).replace(/^JSON$/, "VARCHAR")]));
  for (const column of new Set([...Object.keys(inParquet), ...Object.keys(wanted)])) {
    if (inParquet[column] !== wanted[column]) {
      throw new Error(`${table.name}.${column} is ${inParquet[column]}, the dictionary says ${wanted[column]}`);
    }
  }

  const both = table.fields.filter((f) => !f.only);
  const columns = both.map((f) => `"${f.name}": '${type(f)}'`).join(", ");
  // NDJSON has the offset of slots in their times, and what a source told besides in place.
  const select = both.map((f) =>
    f.name === "slots" || f.name === "capacity"
      ? `list_transform("${f.name}", x -> struct_pack(${f.name === "slots" ? 'a := x."start", b := x."end"' : "a := x.date, b := null"},
          c := x.available, d := x.available_count, e := x.unavailable_count, f := x.products, g := x.dose)) AS "${f.name}"`
      : f.type === "JSON" ? `"${f.name}"::VARCHAR AS "${f.name}"` : `"${f.name}"`).join(", ");
  const text = `SELECT ${select} FROM read_json('${name}.ndjson.gz', format = 'newline_delimited', columns = {${columns}})`;
  const parquet = `SELECT ${select} FROM '${name}.parquet'`;
  for (const [what, sql] of [["only NDJSON has", `${text} EXCEPT ALL ${parquet}`], ["only Parquet has", `${parquet} EXCEPT ALL ${text}`]]) {
    const found = await rows(`${sql} LIMIT 1`);
    if (found.length > 0) throw new Error(`${table.name}: ${what} ${JSON.stringify(found[0])}`);
  }
  const [[count]] = await rows(`SELECT count(*) FROM '${name}.parquet'`);
  console.log(table.name, count);
}
