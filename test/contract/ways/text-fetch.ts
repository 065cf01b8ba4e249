const binaryType = "application/grpc-web+proto";
const textType = "application/grpc-web-text";

/** A `fetch` that turns gRPC-Web into its text form on the way out, and back on the way in. */
export const textFetch: typeof fetch = async (input, init) => {
  const headers = new Headers(init?.headers);
  headers.set("content-type", textType);
  const request = Buffer.from(await new Response(init?.body).arrayBuffer());
  const response = await fetch(input, { ...init, headers, body: request.toString("base64") });
  const contentType = response.headers.get("content-type") ?? "";
  if (!contentType.startsWith(textType)) return response;
  const answered = new Headers(response.headers);
  answered.set("content-type", binaryType);
  const body = response.body?.pipeThrough(new TextDecoderStream()).pipeThrough(groupsToBytes()) ?? null;
  return new Response(body, { status: response.status, headers: answered });
};

/** Decodes groups of four characters as they come, as the official client does. */
function groupsToBytes(): TransformStream<string, Uint8Array> {
  let rest = "";
  return new TransformStream({
    transform(text, controller) {
      rest += text;
      const whole = rest.length - (rest.length % 4);
      const groups = rest.slice(0, whole).match(/.{4}/g) ?? [];
      rest = rest.slice(whole);
      if (groups.length === 0) return;
      controller.enqueue(Buffer.concat(groups.map((group) => Buffer.from(group, "base64"))));
    },
  });
}
