/** How a newcomer generates a client in one language and compiles it. Each command runs in a copy of the fixture. */
export interface Language {
  readonly name: string;
  /** Succeeds if the toolchain is there. */
  readonly toolchain: string;
  /** Installs what generating and compiling need. */
  readonly install?: string;
  /** Compiles or loads what was generated, and prints `v=0`; absent if generating is all that can be checked. */
  readonly compile?: string;
}

export const languages: readonly Language[] = [
  {
    name: "go",
    toolchain: "go version",
    install:
      "go get google.golang.org/grpc google.golang.org/protobuf google.golang.org/genproto/googleapis/rpc " +
      "google.golang.org/grpc/cmd/protoc-gen-go-grpc google.golang.org/protobuf/cmd/protoc-gen-go",
    compile: "go mod tidy && go vet ./... && go run .",
  },
  {
    name: "python",
    toolchain: "python3 -c 'import venv, ensurepip'",
    install: "python3 -m venv .venv && .venv/bin/pip install -q -r requirements.txt",
    compile: ".venv/bin/python main.py",
  },
  {
    name: "rust",
    toolchain: "cargo --version",
    install: "cargo install -q --root tools protoc-gen-prost protoc-gen-tonic",
    compile: "cargo run -q",
  },
  {
    name: "java",
    toolchain: "mvn --version",
    install: "mvn -q -B dependency:copy && chmod +x tools/*",
    compile: "mvn -q -B compile exec:java",
  },
  {
    name: "kotlin",
    toolchain: "mvn --version",
    install: "mvn -q -B dependency:copy && chmod +x tools/*",
    compile: "mvn -q -B compile exec:java",
  },
  {
    name: "typescript",
    toolchain: "npm --version",
    install: "npm install --silent --no-audit --no-fund",
    compile: "npx tsc && echo v=0",
  },
  {
    name: "ruby",
    toolchain: "ruby -e 'require \"google/protobuf\"' && protoc --version",
    compile: "ruby -Igen main.rb",
  },
  { name: "csharp", toolchain: "protoc --version" },
  { name: "php", toolchain: "protoc --version" },
  { name: "objc", toolchain: "protoc --version" },
];
