package documents_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// sentence is the form of each title and detail of a problem: a capital letter, or
// a number that is filled in, at the beginning, and a full stop at the end.
var sentence = regexp.MustCompile(`(?s)\A(?:[A-Z]|%d).*\.\z`)

// detailAt has the functions of package problem that take a detail, with its place
// among their arguments.
var detailAt = map[string]int{"New": 1, "Unavailable": 3}

func TestProblems(t *testing.T) {
	t.Run("are sentences", testProblemsAreSentences)
}

// testProblemsAreSentences checks that the detail of each problem in the sources,
// and the title of each code, has the form of a sentence.
func testProblemsAreSentences(t *testing.T) {
	seen := 0
	walk(t, ".go", func(path, text string) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		isProblem := file.Name.Name == "problem"
		check := func(what ast.Expr) {
			seen++
			detail, isConstant := stringOf(what)
			switch {
			case isPassedOn(path, what):
			case !isConstant:
				t.Errorf("%s: the text of a problem is not a constant here", files.Position(what.Pos()))
			case !sentence.MatchString(detail):
				t.Errorf("%s: %q does not begin with a capital letter and end with a full stop", files.Position(what.Pos()), detail)
			}
		}
		ast.Inspect(file, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.CallExpr:
				if at, found := detailAt[nameIn("problem", node.Fun, isProblem)]; found && len(node.Args) > at {
					check(node.Args[at])
				} else if nameIn("", node.Fun, true) == "tooMany" && len(node.Args) == 2 {
					check(node.Args[1])
				}
			case *ast.CompositeLit:
				name := nameIn("problem", node.Type, isProblem)
				for _, element := range node.Elts {
					pair, isPair := element.(*ast.KeyValueExpr)
					if !isPair {
						continue
					}
					key, _ := pair.Key.(*ast.Ident)
					if key != nil && (name == "Error" && key.Name == "Detail" || file.Name.Name == "httpapi" && key.Name == "title") {
						check(pair.Value)
					}
				}
			case *ast.ValueSpec:
				for i, name := range node.Names {
					if _, isText := passedOn[name.Name]; isText && i < len(node.Values) {
						check(node.Values[i])
					}
				}
			}
			return true
		})
	})
	if seen < 60 {
		t.Errorf("only %d texts", seen)
	}
}

// passedOn has the names of texts that are checked at their definition, with their
// folder: constants, and details that a function passes on.
var passedOn = map[string]string{
	"internalDetail":  "/pkg/httpapi/",
	"tooManyFailures": "/pkg/httpapi/",
	"detail":          "/pkg/", // of tooMany and of Unavailable itself
}

// isPassedOn reports whether an expression is one of passedOn, the layout of New
// itself, the detail of a problem of another service, or the sentence that
// Checks.Err or InvalidValue writes.
func isPassedOn(path string, expression ast.Expr) bool {
	switch expression := expression.(type) {
	case *ast.Ident:
		folder, found := passedOn[expression.Name]
		return found && strings.Contains(path, folder)
	case *ast.SelectorExpr:
		return strings.HasSuffix(path, "pkg/httpapi/client.go")
	case *ast.CallExpr, *ast.BinaryExpr:
		return strings.HasSuffix(path, "pkg/problem/problem.go") || strings.HasSuffix(path, "pkg/problem/checks.go")
	}
	return false
}

// nameIn returns the name in package pkg that the expression is, qualified or,
// within that package, unqualified; "" for any other expression.
func nameIn(pkg string, expression ast.Expr, within bool) string {
	switch e := expression.(type) {
	case *ast.SelectorExpr:
		if of, isName := e.X.(*ast.Ident); isName && of.Name == pkg {
			return e.Sel.Name
		}
	case *ast.Ident:
		if within {
			return e.Name
		}
	}
	return ""
}

// stringOf returns the text of a string literal, or of several with values between
// them, whose places are left empty.
func stringOf(e ast.Expr) (text string, isConstant bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.BinaryExpr:
		left, leftIs := stringOf(e.X)
		right, rightIs := stringOf(e.Y)
		return left + right, leftIs || rightIs
	}
	return "", false
}
