package sitetest

import (
	"flag"
	"os"
	"path/filepath"

	"github.com/chromedp/chromedp"
)

// screenshots is where the pictures of the documentation are written to:
//
//	go test ./example/site -run BrowserWithPeople -screenshots "$PWD/example/screenshots"
var screenshots = flag.String("screenshots", "", "the `folder` for the pictures of the documentation")

// Screenshot writes a picture of the upper part of the page for the documentation, if the test is told
// to.
func (b *Browser) Screenshot(name, scheme string, height int64) {
	b.t.Helper()
	if *screenshots == "" {
		return
	}
	b.Look(chromedp.EmulateViewport(1000, height, chromedp.EmulateScale(1.5)), scheme)
	b.Picture(filepath.Join(*screenshots, name+".png"), chromedp.CaptureScreenshot())
	b.Look(desktop(), "")
}

func (b *Browser) Picture(path string, take chromedp.Action[[]byte]) {
	b.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.t.Fatal(err)
	}
	png, err := within(b.ctx, take)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}
