package site_test

import (
	"errors"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/ginlogin/ginlogin/example/internal/sitetest"
	"github.com/ginlogin/ginlogin/example/web"
)

// upload returns a form with a file of so many bytes and then Ada's address, and its Content-Type.
func upload(t *testing.T, size int) (body, contentType string) {
	t.Helper()
	var b strings.Builder
	w := multipart.NewWriter(&b)
	file, err := w.CreateFormFile("file", "large")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write(make([]byte, size)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.WriteField("email", sitetest.AdaEmail), w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String(), w.FormDataContentType()
}

// temporaryFolder is where a server that the test starts puts its temporary files.
func temporaryFolder(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	return folder
}

// uploads returns the names of files that came with forms.
func uploads(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "multipart-") {
			names = append(names, e.Name())
		}
	}
	return names
}

// Only a POST has a form to send, but a client may send a body with anything.
func TestNoMethodLeavesAFileBehind(t *testing.T) {
	folder := temporaryFolder(t)
	_, v := sitetest.Open(t)
	body, contentType := upload(t, 40<<20) // more than Gin keeps in memory
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, "BREW"} {
		v.Another().Send(method, "/login", body, []string{"Content-Type: " + contentType})
		if left := uploads(t, folder); len(left) > 0 {
			t.Errorf("after %s there are %q", method, left)
		}
	}
}

// What comes behind so many bytes is not read, whatever the method: the page would show the address.
func TestNoMethodReadsMoreThanAFormOfOurs(t *testing.T) {
	_, v := sitetest.Open(t)
	for size, read := range map[int]bool{web.MaxBody / 2: true, web.MaxBody: false} {
		body, contentType := upload(t, size)
		p := v.Send(http.MethodGet, "/login", body, []string{"Content-Type: " + contentType}).Is(http.StatusOK)
		if got := strings.Contains(p.Text, sitetest.AdaEmail); got != read {
			t.Errorf("behind %d bytes: read is %t", size, got)
		}
	}
}

// Should a route ever take files, they go when its request ends.
func TestFilesOfAFormEndWithTheirRequest(t *testing.T) {
	folder := temporaryFolder(t)
	for name, fails := range map[string]bool{"answered": false, "panicked": true} {
		t.Run(name, func(t *testing.T) {
			r := gin.New()
			r.Use(web.RecoverPanics(slog.New(slog.DiscardHandler)), web.LimitTime)
			r.SetHTMLTemplate(web.Templates())
			during := 0
			r.POST("/", func(c *gin.Context) {
				if err := c.Request.ParseMultipartForm(0); err != nil {
					t.Error(err)
				}
				if during = len(uploads(t, folder)); fails {
					panic("after the form was read")
				}
			})
			server := httptest.NewServer(r)
			t.Cleanup(server.Close)
			body, contentType := upload(t, 11<<20)
			sitetest.NewVisitor(t, server.URL, nil).Send(http.MethodPost, "/", body, []string{"Content-Type: " + contentType})
			if left := uploads(t, folder); during != 1 || len(left) > 0 {
				t.Errorf("%d files during the request, and %q after it", during, left)
			}
		})
	}
}
