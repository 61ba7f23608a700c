package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
)

// A name is that of a function, with its line.
type name struct {
	words string
	line  int
	test  bool
}

var (
	directive = regexp.MustCompile(`^//(?:go:|nolint|line |export )`)
	sql       = regexp.MustCompile(`^\s*(?:SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|WITH|PRAGMA|EXPLAIN|UNION|BEGIN|VACUUM)\b`)
	word      = regexp.MustCompile(`[A-Za-z]{2,}`)
)

// goTexts returns the comments of a Go file, its messages (string literals of
// three words and more; in a test only the names of subtests) and the names of
// its functions.
func goTexts(path string, content []byte) (texts []text, names []name, err error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, content, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, nil, err
	}
	line := func(pos token.Pos) int { return files.Position(pos).Line }
	for _, group := range file.Comments {
		if t := commentText(group, line); t.words != "" {
			texts = append(texts, t)
		}
	}
	test := strings.HasSuffix(path, "_test.go")
	ast.Inspect(file, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.ImportSpec, *ast.Field:
			_, field := node.(*ast.Field)
			return field && node.(*ast.Field).Tag == nil
		case *ast.FuncDecl:
			names = append(names, name{node.Name.Name, line(node.Pos()), test && strings.HasPrefix(node.Name.Name, "Test") && node.Recv == nil})
		case *ast.CallExpr:
			if test && isRun(node) {
				texts = appendMessage(texts, node.Args[0], line)
			}
		case *ast.BasicLit:
			if !test {
				texts = appendMessage(texts, node, line)
			}
		}
		return true
	})
	return texts, names, nil
}

// commentText returns the prose of a comment: no directives and no code, which
// is indented.
func commentText(group *ast.CommentGroup, line func(token.Pos) int) text {
	var t text
	for _, c := range group.List {
		if directive.MatchString(c.Text) {
			continue
		}
		for i, words := range strings.Split(strings.TrimSuffix(c.Text, "*/"), "\n") {
			words = strings.TrimPrefix(strings.TrimPrefix(words, "//"), "/*")
			if !strings.HasPrefix(words, "\t") || strings.HasPrefix(c.Text, "/*") {
				t.add(line(c.Pos())+i, words)
			}
		}
	}
	return t
}

func isRun(call *ast.CallExpr) bool {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	return ok && selector.Sel.Name == "Run" && len(call.Args) == 2
}

// appendMessage appends the literal if it is prose.
func appendMessage(texts []text, expression ast.Expr, line func(token.Pos) int) []text {
	literal, ok := expression.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return texts
	}
	value, err := strconv.Unquote(literal.Value)
	if err != nil || sql.MatchString(value) || !strings.Contains(value, " ") || len(word.FindAllString(value, -1)) < 3 {
		return texts
	}
	var t text
	if strings.HasPrefix(literal.Value, "`") {
		for i, words := range strings.Split(value, "\n") {
			t.add(line(literal.Pos())+i, words)
		}
	} else {
		t.add(line(literal.Pos()), value)
	}
	return append(texts, t)
}
