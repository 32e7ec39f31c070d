package docs_test

import (
	"context"
	"flag"
	"io/fs"
	"log"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/ginlogin/ginlogin"
	"github.com/ginlogin/ginlogin/cookiestore"
	"github.com/ginlogin/ginlogin/logintest"
)

// All paths are those of the repository.
func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	flag.Parse()
	if err := os.Chdir(".."); err != nil {
		log.Fatal(err)
	}
	os.Exit(m.Run())
}

// markdown returns the text of every Markdown file of the repository by its path.
func markdown(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(".", func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "testdata"):
			return fs.SkipDir
		case filepath.Ext(file) == ".md":
			files[filepath.ToSlash(file)] = read(t, file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func read(t *testing.T, file string) string {
	t.Helper()
	// The go command does not know of the Chdir above. By a relative path it would not find what this test has
	// read, and would answer from its cache after a document has changed.
	absolute, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(absolute)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	code     = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")
	fenced   = regexp.MustCompile("(?s)```.*?```")
	link     = regexp.MustCompile(`(?:\]\(|src="|srcset="|href=")([^)"\s]+)[)"]`)
	heading  = regexp.MustCompile(`(?m)^#+ (.*)$`)
	unspoken = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
)

// anchors returns what GitHub calls the headings of a Markdown file in links.
func anchors(text string) (names []string) {
	for _, match := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		name := unspoken.ReplaceAllString(strings.ToLower(match[1]), "")
		names = append(names, strings.ReplaceAll(name, " ", "-"))
	}
	return names
}

func TestEveryLinkOfTheDocumentsLeadsSomewhere(t *testing.T) {
	documents := markdown(t)
	for file, text := range documents {
		for _, match := range link.FindAllStringSubmatch(code.ReplaceAllString(text, ""), -1) {
			target, err := url.Parse(match[1])
			if err != nil {
				t.Errorf("%s: %v", file, err)
				continue
			}
			if target.Scheme != "" {
				continue
			}
			to := file
			if target.Path != "" {
				to = path.Join(path.Dir(file), target.Path)
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s links to %s, which does not exist", file, match[1])
			}
			if target.Fragment != "" && !slices.Contains(anchors(documents[to]), target.Fragment) {
				t.Errorf("%s links to %s, and no heading has that name", file, match[1])
			}
		}
	}
}

var goBlock = regexp.MustCompile("(?s)(?:\nFrom \\[([^\\]\n]+)\\]\\(([^)\n]+)\\):\n\n)?```go\n(.*?)```")

// A line above each block names its file, as "From [example_test.go](../example_test.go):". The first
// two blocks of the README are programs, which other tests run. What compiles as printed has tests of its own.
func TestEveryBlockOfGoInTheDocumentsIsPartOfATestedFile(t *testing.T) {
	for file, text := range markdown(t) {
		for i, match := range goBlock.FindAllStringSubmatch(text, -1) {
			source, target, block := match[1], match[2], match[3]
			if file == "README.md" && i < 2 || path.Dir(file) == recipes || file == flaskLogin {
				continue
			}
			first, _, _ := strings.Cut(block, "\n")
			if source == "" {
				t.Errorf("%s: no line above it names the file that the block has been taken from: %s", file, first)
				continue
			}
			if path.Join(path.Dir(file), target) != source {
				t.Errorf("%s: the line names %s and links to %s", file, source, target)
			}
			if tests, _ := filepath.Glob(path.Join(path.Dir(source), "*_test.go")); len(tests) == 0 {
				t.Errorf("%s: nothing tests %s", file, source)
			}
			if !strings.Contains(unindented(read(t, source)), unindented(block)) {
				t.Errorf("%s: %s has no such lines: %s", file, source, first)
			}
		}
	}
}

// unindented returns text as lines between line breaks, without what they begin with.
func unindented(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	return "\n" + strings.Join(lines, "\n") + "\n"
}

var update = flag.Bool("update", false, "write into the documents what other files say: the figures of bench/README.md, and what recipes import")

// likeForLike are the rows of bench/README.md that docs/performance.md shows.
var likeForLike = []string{
	"hand-written limit", "hand-rolled, cookiestore.Sessions", "ginlogin, cookiestore.Sessions",
	"ginlogin, sessions.Sessions(cookiestore)", "gin-jwt, HS256", "scs, memory",
	"hand-rolled, cookie", "authboss, cookie", "ginlogin, cookie", "hand-rolled, memstore", "ginlogin, memstore",
}

const figuresBegin, figuresEnd = "<!-- go test ./docs -run Figures -update -->\n", "<!-- end of the figures -->"

func TestThePageHasTheFiguresThatWereMeasured(t *testing.T) {
	text := read(t, "docs/performance.md")
	before, rest, found := strings.Cut(text, figuresBegin)
	_, after, ends := strings.Cut(rest, figuresEnd)
	if !found || !ends {
		t.Fatalf("docs/performance.md has no place for the figures: put %q and %q there", figuresBegin, figuresEnd)
	}
	want := before + figuresBegin + figures(t) + figuresEnd + after
	if text == want {
		return
	}
	if !*update {
		t.Fatal("docs/performance.md has other figures than bench/README.md: run go test ./docs -run Figures -update")
	}
	if err := os.WriteFile("docs/performance.md", []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// figures returns the rows to show of the table that has them, and the line that says when they were
// measured.
func figures(t *testing.T) string {
	t.Helper()
	text := read(t, "bench/README.md")
	_, section, found := strings.Cut(text, "### An authenticated request\n\n")
	table, _, ends := strings.Cut(section, "\n\n")
	measured := regexp.MustCompile(`(?m)^Measured on .*$`).FindString(text)
	if !found || !ends || measured == "" {
		t.Fatal("bench/README.md has no table of authenticated requests")
	}
	rows := strings.Split(table, "\n")
	shown := rows[:2]
	for _, row := range rows[2:] {
		if slices.Contains(likeForLike, strings.TrimSpace(strings.Split(row, "|")[1])) {
			shown = append(shown, row)
		}
	}
	if len(shown) != 2+len(likeForLike) {
		t.Fatalf("bench/README.md has %d of the %d rows to show", len(shown)-2, len(likeForLike))
	}
	return measured + "\n\n" + strings.Join(shown, "\n") + "\n"
}

// user is the user of a site that shows what ginlogin writes.
type user struct{ ginlogin.UserMixin }

func (user) GetID() string { return "1" }

func TestTheDesignShowsTheFormatsInUse(t *testing.T) {
	key := []byte("0123456789abcdef0123456789abcdef")
	lm := ginlogin.New(func(context.Context, string) (user, error) { return user{}, nil })
	lm.SecretKeys = [][]byte{key}
	r := gin.New()
	r.Use(sessions.Sessions("session", cookiestore.NewStore(key)), lm.Middleware())
	var record string
	r.GET("/", func(c *gin.Context) { record, _ = sessions.Default(c).Get("_login").(string) })
	req := httptest.NewRequest("GET", "https://site.example/", nil)
	logintest.Login(t, r, req, user{}, ginlogin.Remember(true))
	r.ServeHTTP(httptest.NewRecorder(), req)
	remember, err := req.Cookie("remember_token")
	if err != nil {
		t.Fatal(err)
	}
	design := read(t, "docs/design.md")
	for _, value := range []string{record, remember.Value} {
		version, _, _ := strings.Cut(value, ".")
		shown := regexp.MustCompile(`(?m)^    ` + version + ` \. .*$`).FindString(design)
		if got, want := strings.Count(shown, "."), strings.Count(value, "."); got != want {
			t.Errorf("docs/design.md has %q for %q", shown, value)
		}
	}
}
