import { expect, test } from "vitest";
import { isPrivateAddress } from "./private-address.ts";

test.each([
  ...["10.0.0.1", "172.16.0.1", "172.31.255.254", "192.168.1.2", "127.0.0.1", "169.254.7.7", "100.64.0.1"],
  ...["0.0.0.0", "192.0.0.8", "198.19.0.1", "224.0.0.1", "255.255.255.255"],
  ...["::1", "::", "fe80::1", "fe80::1%eth0", "fd00::1", "fec0::1", "ff02::fb", "[::1]"],
  ...["::ffff:192.168.1.2", "::ffff:c0a8:102", "0:0:0:0:0:ffff:c0a8:102", "::FFFF:7f00:1%1"],
  ...["::192.168.1.2", "::c0a8:102", "::ffff:0:192.168.1.2", "::ffff:0:c0a8:102"],
  ...["64:ff9b::192.168.1.2", "64:ff9b::c0a8:102", "64:ff9b:1::c0a8:102", "64:ff9b:1:ffff::cb00:7107"],
  ...["2002:c0a8:102::1", "2001:0:c0a8:102::", "2001:0:cb00:7107::3f57:fefd", "2001:db8::5efe:c0a8:102"],
  ...["localhost", "a.localhost", "localhost.localdomain", "0x7f.1", "2130706433", "192.168.1"],
  ...[
    "router.lan",
    "x.internal",
    "turn.example.org",
    "192.168.1.2.nip.io",
    "x.local.example",
    ".local",
    "local",
  ],
])("%s is private, or may be", (address) => {
  expect(isPrivateAddress(address)).toBe(true);
});

test.each([
  ...["203.0.113.7", "172.32.0.1", "100.128.0.1", "192.0.1.1", "198.20.0.1", "223.255.255.255"],
  ...["2001:db8::1", "::ffff:203.0.113.7", "::ffff:cb00:7107", "64:ff9b::203.0.113.7", "2002:cb00:7107::1"],
  ...["2001:db8::5efe:cb00:7107", "d7f1a0cc-9b65-4f4a-a8c5-1c2f0d3e4b5a.local", "Printer.local"],
])("%s is not", (address) => {
  expect(isPrivateAddress(address)).toBe(false);
});
