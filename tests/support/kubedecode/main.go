// kubedecode shows what Argo CD applies of files: it decodes them as the repo server of Argo CD v3 does for a plain
// directory (reposerver/repository, getObjsFromYAMLOrJSON), with the decoder of Kubernetes.
//
// Standard input is a sequence of files, each "<name bytes> <content bytes>\n<name><content>". For each file one line
// of JSON is printed: {"objects": [...], "error": "..."}; "ignored" is true where Argo CD passes over a file that it
// cannot decode and that does not look like a manifest.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/TomOnTime/utfutil"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	kubeyaml "k8s.io/apimachinery/pkg/util/yaml"
)

type answer struct {
	Objects []map[string]any `json:"objects"`
	Error   string           `json:"error,omitempty"`
	Ignored bool             `json:"ignored,omitempty"`
}

func decodeJSON(text io.Reader) ([]*unstructured.Unstructured, error) {
	decoder := json.NewDecoder(text)
	var object unstructured.Unstructured
	if err := decoder.Decode(&object); err != nil {
		return nil, err
	}
	if decoder.More() {
		return nil, errors.New("more than one object in a JSON file")
	}
	return []*unstructured.Unstructured{&object}, nil
}

// decodeYAML also returns the objects before an error.
func decodeYAML(text io.Reader) ([]*unstructured.Unstructured, error) {
	decoder := kubeyaml.NewYAMLOrJSONDecoder(text, 4096)
	var objects []*unstructured.Unstructured
	for {
		object := &unstructured.Unstructured{}
		if err := decoder.Decode(&object); errors.Is(err, io.EOF) {
			return objects, nil
		} else if err != nil {
			return objects, err
		}
		if object != nil {
			objects = append(objects, object)
		}
	}
}

func isNullList(object *unstructured.Unstructured) bool {
	for _, field := range []string{"spec", "status"} {
		if _, found := object.Object[field]; found {
			return false
		}
	}
	items, found := object.Object["items"]
	return found && items == nil
}

// unfold returns what is applied: the items of a list, not the list itself.
func unfold(objects []*unstructured.Unstructured) ([]map[string]any, error) {
	unfolded := []map[string]any{}
	for _, object := range objects {
		switch {
		case object.IsList():
			err := object.EachListItem(func(item runtime.Object) error {
				unfolded = append(unfolded, item.(*unstructured.Unstructured).Object)
				return nil
			})
			if err != nil {
				return nil, err
			}
		case isNullList(object):
		default:
			unfolded = append(unfolded, object.Object)
		}
	}
	return unfolded, nil
}

func looksLikeManifest(text []byte) bool {
	for _, word := range []string{"apiVersion:", "kind:", "metadata:"} {
		if !bytes.Contains(text, []byte(word)) {
			return false
		}
	}
	return true
}

func decode(name string, content []byte) answer {
	text, err := io.ReadAll(utfutil.BytesReader(content, utfutil.UTF8))
	if err != nil {
		return answer{Error: err.Error()}
	}
	isJSON := strings.HasSuffix(name, ".json")
	decoder := decodeYAML
	if isJSON {
		decoder = decodeJSON
	}
	objects, err := decoder(bytes.NewReader(text))
	if err != nil {
		ignored := !isJSON && len(objects) == 0 && !looksLikeManifest(text)
		return answer{Objects: []map[string]any{}, Error: err.Error(), Ignored: ignored}
	}
	unfolded, err := unfold(objects)
	if err != nil {
		return answer{Objects: []map[string]any{}, Error: err.Error()}
	}
	return answer{Objects: unfolded}
}

func run(input *bufio.Reader, output *bufio.Writer) error {
	encoder := json.NewEncoder(output)
	for {
		header, err := input.ReadString('\n')
		if err == io.EOF && header == "" {
			return output.Flush()
		}
		if err != nil {
			return err
		}
		var nameSize, contentSize int
		if _, err := fmt.Sscanf(header, "%d %d\n", &nameSize, &contentSize); err != nil {
			return err
		}
		frame := make([]byte, nameSize+contentSize)
		if _, err := io.ReadFull(input, frame); err != nil {
			return err
		}
		if err := encoder.Encode(decode(string(frame[:nameSize]), frame[nameSize:])); err != nil {
			return err
		}
	}
}

func main() {
	if err := run(bufio.NewReaderSize(os.Stdin, 1<<20), bufio.NewWriterSize(os.Stdout, 1<<20)); err != nil {
		fmt.Fprintln(os.Stderr, "kubedecode:", err)
		os.Exit(1)
	}
}
