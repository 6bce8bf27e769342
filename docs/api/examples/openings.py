# Lists the places in New Jersey that have appointments.
import json
import os
import urllib.request

url = os.environ.get("UNIVAF_URL", "http://127.0.0.1:3000") + "/api/v1/locations?state=NJ&limit=500"
while url:
    with urllib.request.urlopen(url) as response:
        page = json.load(response)
    for place in page["data"]:
        if place.get("availability", {}).get("available") == "YES":
            print(place["name"])
    url = page["links"].get("next")
