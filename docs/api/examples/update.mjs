// Reports a clinic and its appointments. Needs a key in UNIVAF_KEY.
const clinic = {
  external_ids: [["my_clinics", "17"]],
  provider: "my_county",
  name: "Main Street Clinic",
  state: "NJ",
  availability: { source: "my_county", checked_at: new Date().toISOString(), available: "YES" },
};
const response = await fetch((process.env.UNIVAF_URL ?? "http://127.0.0.1:3000") + "/api/v1/update?update_location=true", {
  method: "POST",
  headers: { "x-api-key": process.env.UNIVAF_KEY, "content-type": "application/json" },
  body: JSON.stringify(clinic),
});
const answer = await response.json();
if (!response.ok) throw new Error(answer.detail);
console.log(JSON.stringify(answer));
