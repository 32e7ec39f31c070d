package site

import "github.com/gin-gonic/gin"

// AdminRoutes registers the admin area without its guard.
func (s *Site) AdminRoutes(r gin.IRouter) { s.admin.Routes(r) }
