/** How a program of docs/backends.md in one language is built and run: in a copy of a fixture of test/codegen. */
export interface Language {
  /** The word behind the fence of its programs. */
  readonly fence: string;
  /** A folder of test/codegen/fixtures; absent if nothing is generated. */
  readonly fixture?: string;
  readonly toolchain: string;
  readonly install?: string;
  /** Generates the client. @default what the fixture generates with buf */
  readonly generate?: string;
  /** Where the program goes. */
  readonly file: string;
  readonly run: string;
}

export const languages: readonly Language[] = [
  {
    fence: "go",
    fixture: "go",
    toolchain: "go version",
    install:
      "go get google.golang.org/grpc google.golang.org/protobuf " +
      "google.golang.org/grpc/cmd/protoc-gen-go-grpc google.golang.org/protobuf/cmd/protoc-gen-go",
    file: "main.go",
    run: "go mod tidy && go run .",
  },
  {
    fence: "python",
    fixture: "python",
    toolchain: "python3 -c 'import venv, ensurepip'",
    install: "python3 -m venv .venv && .venv/bin/pip install -q -r requirements.txt && mkdir gen",
    generate:
      ".venv/bin/python -m grpc_tools.protoc -Iproto --python_out=gen --grpc_python_out=gen parley/v1/signaling.proto",
    file: "main.py",
    run: ".venv/bin/python main.py",
  },
  {
    fence: "js",
    toolchain: "npm --version",
    install: "npm install --silent --no-audit --no-fund @grpc/grpc-js @grpc/proto-loader",
    file: "main.mjs",
    run: "node main.mjs",
  },
  {
    fence: "java",
    fixture: "java",
    toolchain: "mvn --version",
    install: "mvn -q -B dependency:copy && chmod +x tools/*",
    file: "src/main/java/Main.java",
    // Not by Maven itself, which prints control characters.
    run:
      "mvn -q -B compile dependency:build-classpath -Dmdep.outputFile=classpath >build.log && " +
      'java -cp "target/classes:$(cat classpath)" Main',
  },
  {
    fence: "rust",
    fixture: "rust",
    toolchain: "cargo --version",
    install:
      "cargo install -q --root tools protoc-gen-prost protoc-gen-tonic && cargo add -q tokio --features full",
    file: "src/main.rs",
    run: "cargo run -q",
  },
];
