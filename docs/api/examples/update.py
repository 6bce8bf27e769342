# Reports a clinic and its appointments. Needs a key in UNIVAF_KEY.
import datetime
import json
import os
import urllib.error
import urllib.request

clinic = {
    "external_ids": [["my_clinics", "17"]],
    "provider": "my_county",
    "name": "Main Street Clinic",
    "state": "NJ",
    "availability": {
        "source": "my_county",
        "checked_at": datetime.datetime.now(datetime.timezone.utc).isoformat(),
        "available": "YES",
    },
}
request = urllib.request.Request(
    os.environ.get("UNIVAF_URL", "http://127.0.0.1:3000") + "/api/v1/update?update_location=true",
    data=json.dumps(clinic).encode(),
    headers={"x-api-key": os.environ["UNIVAF_KEY"], "content-type": "application/json"},
)
try:
    with urllib.request.urlopen(request) as response:
        print(response.read().decode(), end="")
except urllib.error.HTTPError as error:
    raise SystemExit(json.load(error)["detail"])
