"""What a snippet and a page of this site are, for the build, the tests and whoever writes one."""
