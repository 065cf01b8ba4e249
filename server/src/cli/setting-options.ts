import { type Command, Option } from "commander";
import { type Given, type Setting, type SettingTable, settingsIn } from "../config/setting.ts";

/** The options of a command: one for each of its settings. */
export function optionsOf(settings: SettingTable): Option[] {
  return [...settingsIn(settings)].map(optionOf);
}

function optionOf({ flag, variable, about, format, default: value, defaultText }: Setting<unknown>): Option {
  const option = new Option(`${flag} ${format.placeholder}`, about).env(variable).default(value, defaultText);
  if (format.preset !== undefined) option.preset(format.preset);
  // Only for `--help`: the setting checks its values.
  if (format.choices !== undefined) option.argChoices = [...format.choices];
  return option;
}

/** What the command line and the environment give for each setting; the flag wins. */
export function givenTexts(command: Command): Given {
  const options = new Map(command.options.map((option) => [option.long, option.attributeName()]));
  return ({ flag, variable }) => {
    const name = options.get(flag) ?? "";
    const source = command.getOptionValueSource(name);
    if (source !== "cli" && source !== "env") return undefined;
    return { by: source === "cli" ? flag : variable, text: String(command.getOptionValue(name)) };
  };
}
