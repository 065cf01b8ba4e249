import { expect, test } from "vitest";
import { addressKey, isLoopbackAddress } from "./client-address.ts";

test.each([
  ["192.0.2.7", "192.0.2.7"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["::FFFF:192.0.2.7", "192.0.2.7"],
  ["::ffff:c000:207", "192.0.2.7"],
  ["0:0:0:0:0:ffff:c000:207", "192.0.2.7"],
  ["0000:0000:0000:0000:0000:FFFF:192.0.2.7", "192.0.2.7"],
  ["64:ff9b::192.0.2.7", "64:ff9b:0:0::/64"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8:1:2::", "2001:db8:1:2::/64"],
  ["2001:0db8:0001:0002:ffff::1", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["nonsense", "nonsense"],
])("the limits of %s are those of %s", (address, key) => {
  expect(addressKey(address)).toBe(key);
});

test("an address next to another one of the same /64 has the same limits, a /64 further it has its own", () => {
  expect(addressKey("2001:db8:a:b::1")).toBe(addressKey("2001:db8:a:b:ffff:ffff:ffff:ffff"));
  expect(addressKey("2001:db8:a:b::1")).not.toBe(addressKey("2001:db8:a:c::1"));
});

test.each([
  ["127.0.0.1", true],
  ["127.3.2.1", true],
  ["::ffff:127.0.0.1", true],
  ["::ffff:7f00:1", true],
  ["::1", true],
  ["::1%lo", true],
  ["0:0:0:0:0:0:0:1", true],
  ["128.0.0.1", false],
  ["::2", false],
  ["::", false],
  ["2001:db8::1", false],
])("%s is of this machine: %s", (address, own) => {
  expect(isLoopbackAddress(address)).toBe(own);
});
