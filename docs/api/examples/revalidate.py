# Asks again for what may not have changed.
import os
import urllib.error
import urllib.request

url = os.environ.get("UNIVAF_URL", "http://127.0.0.1:3000") + "/api/v1/locations?state=NJ&limit=500"
etag = None
for time in "first", "second":
    request = urllib.request.Request(url, headers={"If-None-Match": etag} if etag else {})
    try:
        with urllib.request.urlopen(request) as response:
            page, etag = response.read(), response.headers["ETag"]
        print(time, "time: here it is")
    except urllib.error.HTTPError as error:
        if error.code != 304:
            raise
        print(time, "time: nothing has changed")
