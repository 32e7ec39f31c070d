package ginlogin

func IsSafeRedirect(target string, hosts ...string) bool { return false }
