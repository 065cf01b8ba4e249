import type { Scenario } from "../drama.ts";

/** How often the bridge is killed, and the broker after it. */
const rounds = 2;
/** How long all devices may take to be back, in milliseconds. */
const returnMs = 25_000;

export const brokerAndBridgeKilled: Scenario = {
  id: "9",
  name: "SIGKILL of the MQTT bridge beside a standby, and then of the broker, twice",
  nodes: 1,
  dooms: true,
  // No node is at fault, but programs that start cost the others processor time on a small machine.
  slower: 8,
  async run(drama) {
    const { devices } = drama.stage;
    const kill = async (what: string, killed: () => Promise<void>) => {
      const at = Date.now();
      await killed();
      drama.happened(true, `${what} was killed, and a bridge is active`);
      await drama.until(() => drama.devicesAreBackSince(at), "all devices to have a new stream", returnMs);
      drama.note(
        `${what} of ${drama.devices} devices, back after ${((Date.now() - at) / 1000).toFixed(1)} s`,
      );
    };
    for (let round = 0; round < rounds; round++) {
      await devices.startStandby();
      await kill("the bridge", () => devices.killActive());
      if (round === 1) await drama.doom();
      await kill("the broker", () => devices.killBroker());
    }
    drama.must(drama.devices > 0, "peers came over MQTT");
  },
};
