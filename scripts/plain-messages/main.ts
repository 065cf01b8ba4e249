import { runNodeJs } from "@bufbuild/protoplugin";
import { plainMessages } from "./plugin.ts";

runNodeJs(plainMessages);
