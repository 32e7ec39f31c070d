package main

import (
	"fmt"
	"html"
	"strings"
)

// plotted is who is in the plot.
var plotted = []string{
	handWritten, handFloor, onOursOff, onOurs, onStore, ginJWT, scsMemory, authbossCookie, handCookie, handMemstore, onStock,
}

const (
	plotWidth = 760
	nameWidth = 320
	barWidth  = 340
	barHeight = 18
	barStep   = 28
	plotTop   = 56
)

// plot draws the authenticated requests as bars: an SVG that follows the reader's
// choice of light or dark.
func (r *report) plot() []byte {
	race := r.race(theAuthenticated)
	var entrants []*entrant
	for _, name := range plotted {
		entrants = append(entrants, race.entrant(name))
	}
	entrants = byTime(entrants)
	longest := entrants[len(entrants)-1].ns()

	w := &strings.Builder{}
	height := plotTop + barStep*len(entrants) + 16
	fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="title">`+"\n", plotWidth, height, plotWidth, height)
	fmt.Fprintf(w, "<title id=\"title\">Time of an authenticated request, in microseconds</title>\n")
	w.WriteString(plotStyle)
	fmt.Fprintf(w, `<rect class="paper" width="%d" height="%d"/>`+"\n", plotWidth, height)
	fmt.Fprintf(w, `<text class="head" x="16" y="28">An authenticated request: µs, and how many times the hand-written limit</text>`+"\n")
	for i, e := range entrants {
		y := plotTop + i*barStep
		class := "peer"
		switch {
		case e.name() == handWritten, e.name() == handFloor:
			class = "limit"
		case strings.HasPrefix(e.name(), "ginlogin"):
			class = "ours"
		}
		width := max(2, e.ns()/longest*barWidth)
		fmt.Fprintf(w, `<text x="%d" y="%d" text-anchor="end">%s</text>`, nameWidth-10, y+barHeight-5, html.EscapeString(e.name()))
		fmt.Fprintf(w, `<rect class="%s" x="%d" y="%d" width="%.1f" height="%d" rx="2"/>`, class, nameWidth, y, width, barHeight)
		fmt.Fprintf(w, `<text class="figure" x="%.1f" y="%d">%s · %.1f ×</text>`+"\n", nameWidth+width+6, y+barHeight-5,
			micro(e), r.ratio(race.title, e.name(), handWritten).value)
	}
	w.WriteString("</svg>\n")
	return []byte(w.String())
}

const plotStyle = `<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.head { font-weight: 600; font-size: 15px }
.figure { fill: #59636e }
.paper { fill: #ffffff }
.limit { fill: #8c959f }
.ours { fill: #1a7f37 }
.peer { fill: #0969da }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc }
.figure { fill: #9198a1 }
.paper { fill: #0d1117 }
.limit { fill: #6e7681 }
.ours { fill: #3fb950 }
.peer { fill: #4493f8 }
}
</style>
`
