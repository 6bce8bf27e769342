package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSummarize(t *testing.T) {
	for _, tt := range []struct {
		name, in, want string
		ok             bool
	}{
		{
			name: "all passed",
			in: `{"Action":"start","Package":"m/a"}
{"Action":"run","Package":"m/a","Test":"TestOne"}
{"Action":"output","Package":"m/a","Test":"TestOne","Output":"=== RUN   TestOne\n"}
{"Action":"output","Package":"m/a","Test":"TestOne","Output":"--- PASS: TestOne (0.00s)\n"}
{"Action":"pass","Package":"m/a","Test":"TestOne","Elapsed":0}
{"Action":"pass","Package":"m/a","Test":"TestOne/sub","Elapsed":0}
{"Action":"output","Package":"m/a","Output":"PASS\n"}
{"Action":"output","Package":"m/a","Output":"ok  \tm/a\t0.001s\n"}
{"Action":"pass","Package":"m/a","Elapsed":0.001}
`,
			want: "ok  \tm/a\t0.001s\n2 passed, 0 failed\n",
			ok:   true,
		},
		{
			name: "a failure shows its output, a skip its reason",
			in: `{"Action":"output","Package":"m/a","Test":"TestBad","Output":"=== RUN   TestBad\n"}
{"Action":"output","Package":"m/a","Test":"TestBad","Output":"    a_test.go:9: got 1, want 2\n"}
{"Action":"output","Package":"m/a","Test":"TestBad","Output":"--- FAIL: TestBad (0.00s)\n"}
{"Action":"fail","Package":"m/a","Test":"TestBad","Elapsed":0}
{"Action":"output","Package":"m/a","Test":"TestDB","Output":"    db_test.go:12: no server\n"}
{"Action":"output","Package":"m/a","Test":"TestDB","Output":"--- SKIP: TestDB (0.00s)\n"}
{"Action":"skip","Package":"m/a","Test":"TestDB","Elapsed":0}
{"Action":"pass","Package":"m/a","Test":"TestGood","Elapsed":0}
{"Action":"output","Package":"m/a","Output":"FAIL\tm/a\t0.001s\n"}
{"Action":"fail","Package":"m/a","Elapsed":0.001}
`,
			want: "    a_test.go:9: got 1, want 2\n--- FAIL: TestBad (0.00s)\nFAIL\tm/a\t0.001s\n" +
				"skipped 1: no server\n1 passed, 1 failed, 1 skipped\n",
		},
		{
			name: "a package that was not built",
			in: `{"ImportPath":"m/a","Action":"build-output","Output":"a.go:3: undefined: x\n"}
{"ImportPath":"m/a","Action":"build-fail"}
{"Action":"output","Package":"m/a","Output":"FAIL\tm/a [build failed]\n"}
{"Action":"fail","Package":"m/a","Elapsed":0,"FailedBuild":"m/a"}
{"Action":"pass","Package":"m/b","Test":"TestGood","Elapsed":0}
`,
			want: "a.go:3: undefined: x\nFAIL\tm/a [build failed]\n1 passed, 1 failed\n",
		},
		{
			name: "a test that ended its process",
			in: `{"Action":"output","Package":"m/a","Test":"TestExit","Output":"=== RUN   TestExit\n"}
{"Action":"output","Package":"m/a","Test":"TestExit","Output":"fatal error: deadlock\n"}
{"Action":"output","Package":"m/b","Test":"TestRuns","Output":"still running\n"}
{"Action":"output","Package":"m/a","Output":"FAIL\tm/a\t0.001s\n"}
{"Action":"fail","Package":"m/a","Elapsed":0.001}
`,
			want: "FAIL\tm/a\t0.001s\nfatal error: deadlock\n0 passed, 1 failed\n",
		},
		{
			name: "no test",
			in:   "go: cannot find main module\n",
			want: "go: cannot find main module\n0 passed, 0 failed\n",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			ok, err := summarize(strings.NewReader(tt.in), &out)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, out.String()); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
			if ok != tt.ok {
				t.Errorf("ok = %v, want %v", ok, tt.ok)
			}
		})
	}
}
