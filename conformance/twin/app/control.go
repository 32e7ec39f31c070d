package app

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// addControl adds the routes by which the scenarios steer the app and look inside.
func (t *twin) addControl(r *gin.Engine) {
	r.GET("/events", func(c *gin.Context) { c.JSON(http.StatusOK, t.events.take()) })
	r.GET("/loader-calls", func(c *gin.Context) { c.JSON(http.StatusOK, t.users.takeCalls()) })
	r.GET("/about", func(c *gin.Context) {
		c.JSON(http.StatusOK, gin.H{"implementation": gin.H{"gin": gin.Version}})
	})
	t.edit(r, "/delete-user", func(row *row, _ *gin.Context) { row.deleted = true })
	t.edit(r, "/restore-user", func(row *row, _ *gin.Context) { row.deleted = false })
	t.edit(r, "/set-active", func(row *row, c *gin.Context) { row.active = c.Query("active") == "1" })
	t.edit(r, "/rotate-token", func(row *row, _ *gin.Context) { row.generation++ })
	r.POST("/reset", func(c *gin.Context) {
		t.users.reset()
		t.events.take()
		ok(c)
	})
}

// edit adds a route that changes the user of the query's id.
func (t *twin) edit(r *gin.Engine, path string, how func(*row, *gin.Context)) {
	r.POST(path, func(c *gin.Context) {
		t.users.change(c.Query("id"), func(row *row) { how(row, c) })
		ok(c)
	})
}
