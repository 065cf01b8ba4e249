import { optionalText, seconds } from "./formats.ts";
import { list, urls } from "./lists.ts";

const masked = () => "***";

/** What peers find one another by. */
export const iceSettings = {
  stunUrls: list("stun-url", "urls", "STUN servers for the peers, comma-separated"),
  turn: {
    urls: urls(
      "turn-url",
      ["turn:", "turns:"],
      "TURN servers for the peers whose token grants turn, comma-separated",
    ),
    secret: optionalText(
      "turn-secret",
      "text",
      "secret of these servers (static-auth-secret of coturn), from which the password of each peer is derived",
      masked,
    ),
    username: optionalText("turn-username", "text", "user of these servers, if they have no secret"),
    password: optionalText("turn-password", "text", "password of that user, the same for all peers", masked),
    lifetimeMs: seconds("turn-lifetime", {
      default: 3600,
      from: 60,
      to: 86_400,
      about: "how long a password derived from the secret is valid; it is renewed after half that time",
    }),
  },
};
