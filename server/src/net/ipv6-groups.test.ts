import { expect, test } from "vitest";
import { ipv6Groups, mappedIpv4 } from "./ipv6-groups.ts";

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

test("only addresses of ::ffff:0:0/96 are IPv4 addresses in IPv6", () => {
  const mapped = (address: string) => mappedIpv4(ipv6Groups(address));
  expect(mapped("::ffff:c000:221")).toBe("192.0.2.33");
  for (const other of ["::c000:221", "::1:ffff:c000:221", "::ffff:0:c000:221", "1::ffff:c000:221"]) {
    expect(mapped(other)).toBeUndefined();
  }
});
