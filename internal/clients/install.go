package clients

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Install is where the clients are: Dir is what .ci/clients fills, Scripts this
// package's folder, Go the binary of golang/.
type Install struct{ Dir, Scripts, Go string }

// Folder is where .ci/clients installs: LEAT_CLIENTS, or leat-clients in the
// user's cache folder.
func Folder() (string, error) {
	if d := os.Getenv("LEAT_CLIENTS"); d != "" {
		return d, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the folder of the clients: %w", err)
	}
	return filepath.Join(cache, "leat-clients"), nil
}

// BuildGo compiles the Go clients into dir and gives the binary's path.
func BuildGo(scripts, dir string) (string, error) {
	bin := filepath.Join(dir, "golang")
	cmd := exec.Command("go", "build", "-o", bin, "./golang")
	cmd.Dir = scripts
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the Go clients: %w\n%s", err, out)
	}
	return bin, nil
}

// Missing names what c needs and is not installed; "" when all is there.
func (in Install) Missing(c Client) string {
	var out []string
	if c.Lang != "go" {
		if name := in.interpreter(c.Lang); !exists(name) {
			return name
		}
	}
	for _, need := range c.Needs {
		if !in.has(c.Lang, need) {
			out = append(out, need)
		}
	}
	return strings.Join(out, ", ")
}

func (in Install) has(lang, need string) bool {
	if glob, ok := strings.CutPrefix(need, "debian:"); ok {
		found, err := filepath.Glob(glob)
		return err == nil && len(found) > 0
	}
	if program, ok := strings.CutPrefix(need, "program:"); ok {
		return exists(program)
	}
	switch lang {
	case "python":
		found, err := filepath.Glob(filepath.Join(in.Dir, "python/lib/python3*/site-packages", need+"*"))
		return err == nil && len(found) > 0
	case "node":
		return exists(filepath.Join(in.Dir, "node/node_modules", need, "package.json"))
	case "java":
		return exists(filepath.Join(in.Dir, "java", need))
	}
	return false
}

// exists tells whether a file is there, or a program of that name.
func exists(name string) bool {
	if strings.Contains(name, "/") {
		_, err := os.Stat(name)
		return err == nil
	}
	_, err := exec.LookPath(name)
	return err == nil
}

func (in Install) interpreter(lang string) string {
	venv := filepath.Join(in.Dir, "python/bin/python")
	switch {
	case lang == "python" && exists(venv):
		return venv
	case lang == "python":
		return "python3" // enough for psql
	}
	return lang
}

// command is how c's script is run.
func (in Install) command(c Client) *exec.Cmd {
	switch c.Lang {
	case "go":
		return exec.Command(in.Go, c.File)
	case "python":
		return exec.Command(in.interpreter("python"), "-u", "-B", filepath.Join(in.Scripts, "python", c.File+".py"))
	case "node":
		cmd := exec.Command("node", filepath.Join(in.Scripts, "node", c.File+".js"))
		cmd.Env = append(os.Environ(), "NODE_PATH="+filepath.Join(in.Dir, "node/node_modules"))
		return cmd
	case "java":
		return exec.Command("java", "-cp", filepath.Join(in.Dir, "java/*"), filepath.Join(in.Scripts, "java", c.File+".java"))
	case "perl":
		return exec.Command("perl", "-I", filepath.Join(in.Scripts, "perl"), filepath.Join(in.Scripts, "perl", c.File+".pl"))
	}
	panic("BUG: no command for " + c.Lang)
}
