// Judges images as podman, skopeo and CRI-O do, with their own library: one line for each, "allow REFERENCE" or "deny REFERENCE: why".
// policy-context POLICY REGISTRIES.D REFERENCE…
package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"go.podman.io/image/v5/docker"
	"go.podman.io/image/v5/image"
	"go.podman.io/image/v5/manifest"
	"go.podman.io/image/v5/signature"
	"go.podman.io/image/v5/types"
)

func main() {
	policy, err := signature.NewPolicyFromFile(os.Args[1])
	must(err)
	judge, err := signature.NewPolicyContext(policy)
	must(err)
	sys := &types.SystemContext{RegistriesDirPath: os.Args[2], DockerInsecureSkipTLSVerify: types.OptionalBoolTrue, OSChoice: "linux", ArchitectureChoice: "amd64"}
	for _, name := range os.Args[3:] {
		allowed, err := judged(context.Background(), judge, sys, name)
		switch {
		case allowed:
			fmt.Println("allow", name)
		case err != nil:
			fmt.Printf("deny %s: %s\n", name, strings.ReplaceAll(err.Error(), "\n", " "))
		}
	}
}

// The platform's manifest is what is judged, as copy.Image does it.
func judged(ctx context.Context, judge *signature.PolicyContext, sys *types.SystemContext, name string) (bool, error) {
	ref, err := docker.ParseReference("//" + name)
	must(err)
	source, err := ref.NewImageSource(ctx, sys)
	must(err)
	defer source.Close()
	bytes, mediaType, err := source.GetManifest(ctx, nil)
	must(err)
	list, err := manifest.ListFromBlob(bytes, mediaType)
	must(err)
	chosen, err := list.ChooseInstance(sys)
	must(err)
	return judge.IsRunningImageAllowed(ctx, image.UnparsedInstance(source, &chosen))
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
}
