// The field numbers that the server reads and writes without a generated decoder. They are in this file alone, and
// field-numbers.test.ts compares each with the contract.

/** Of `SignalRequest`, which `SignalResponse` shares for the bodies that are relayed. */
export const SignalField = {
  seq: 1,
  ack: 2,
  to: 3,
  negotiationId: 4,
  toSession: 5,
  offer: 10,
  answer: 11,
  iceCandidate: 12,
  bye: 13,
  restart: 14,
  rebind: 15,
  join: 20,
  resume: 21,
  leave: 22,
  heartbeat: 23,
  update: 24,
  refresh: 25,
  decide: 26,
  // Not of the contract: what stands for a signal that could not be read, with and without its number.
  unreadable: 536_870_911,
  unnumbered: 536_870_910,
} as const;

export const SignalResponseField = { seq: 1, ack: 2, sender: 3, negotiationId: 4, senderSession: 5 } as const;
export const ReceiveRequestField = { join: 1, resume: 2, poll: 3 } as const;
export const SendSignalsRequestField = { sessionToken: 1, signals: 2 } as const;
export const SendSignalsResponseField = { ack: 1 } as const;

/** Of `Answer`; `Offer` has `sdp` too. */
export const DescriptionField = { sdp: 1, provisional: 2 } as const;
export const IceCandidateField = { candidate: 1, sdpMid: 2, sdpMLineIndex: 3, usernameFragment: 4 } as const;
export const ByeField = { reason: 1 } as const;
export const RestartField = { rebuild: 1 } as const;
export const RebindField = { proof: 1 } as const;
