import { expect, test } from "vitest";
import { ipv6Groups, unmapped } from "./ipv6-groups.ts";

test.each([
  ["::", [0, 0, 0, 0, 0, 0, 0, 0]],
  ["::1", [0, 0, 0, 0, 0, 0, 0, 1]],
  ["2001:DB8::", [0x2001, 0xdb8, 0, 0, 0, 0, 0, 0]],
  ["1:2:3:4:5:6:7:8", [1, 2, 3, 4, 5, 6, 7, 8]],
  ["64:ff9b::192.0.2.33", [0x64, 0xff9b, 0, 0, 0, 0, 0xc000, 0x221]],
  ["0:0:0:0:0:ffff:192.0.2.33", [0, 0, 0, 0, 0, 0xffff, 0xc000, 0x221]],
])("%s has the groups %j", (address, groups) => {
  expect(ipv6Groups(address)).toEqual(groups);
});

test.each([
  ["::ffff:c000:221", "192.0.2.33"],
  ["::FFFF:192.0.2.33", "192.0.2.33"],
  ["0:0:0:0:0:ffff:c000:221", "192.0.2.33"],
  ["0000::ffff:192.0.2.33%eth0", "192.0.2.33"],
])("%s is %s in IPv6", (address, ipv4) => {
  expect(unmapped(address)).toBe(ipv4);
});

test.each([
  ...["::c000:221", "::1:ffff:c000:221", "::ffff:0:c000:221", "0:0:0:0:ffff:0:c000:221", "1::ffff:c000:221"],
  ...[
    "::ffff:1:2:3",
    "::ffff:0:ffff:1:2",
    "::ffff:ffff:1:2",
    "192.0.2.33",
    "::ffff:",
    "::ffff:nonsense",
    "nonsense",
  ],
])("%s is no IPv4 address in IPv6", (address) => {
  expect(unmapped(address)).toBe(address);
});
