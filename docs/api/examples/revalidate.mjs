// Asks again for what may not have changed.
const url = (process.env.UNIVAF_URL ?? "http://127.0.0.1:3000") + "/api/v1/locations?state=NJ&limit=500";
let etag, page;
for (const time of ["first", "second"]) {
  const response = await fetch(url, { headers: etag ? { "If-None-Match": etag } : {} });
  if (response.status === 304) {
    console.log(`${time} time: nothing has changed`);
    continue;
  }
  if (!response.ok) throw new Error((await response.json()).detail);
  etag = response.headers.get("ETag");
  page = await response.json();
  console.log(`${time} time: here it is`);
}
