// Lists the places in New Jersey that have appointments.
let url = (process.env.UNIVAF_URL ?? "http://127.0.0.1:3000") + "/api/v1/locations?state=NJ&limit=500";
while (url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error((await response.json()).detail);
  const page = await response.json();
  for (const place of page.data) {
    if (place.availability?.available === "YES") console.log(place.name);
  }
  url = page.links.next;
}
