/* A device as a peer of Parley over TCP, with POSIX sockets alone: it joins a room, answers each offer, resumes when
 * its connection is lost, and leaves on SIGTERM. A real one would hand the offer to its WebRTC stack. */
#define _POSIX_C_SOURCE 200809L
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Fields of SignalRequest and SignalResponse, from proto/parley/v1/signaling.proto. */
enum { SEQ = 1, ACK = 2, PEER = 3, NEGOTIATION = 4, PEER_SESSION = 5, OFFER = 10, ANSWER = 11, JOIN = 20, RESUME = 21 };
enum { LEAVE = 22, HEARTBEAT = 23, WELCOME = 30, CLOSED = 37, RETRY_NEVER = 1, RETRY_REJOIN = 4 };
enum { UNACKED = 8, QUIET_SECONDS = 40 };
typedef struct { uint8_t bytes[8192]; size_t length; } Buffer;
typedef struct { const uint8_t *at, *end; } Slice;
static char *room, *name, *access_token = "", token[4096]; /* the last names the session, to resume it */
static uint32_t seq, acked, heard; /* the newest signal sent, the newest that is stored, the newest one received */
static Buffer unacked[UNACKED];    /* signals that may have to be sent again, by their number */
static bool over;
static volatile sig_atomic_t leaving;
static void on_signal(int number) { leaving = number; }
static Slice text_of(const char *text) { return (Slice){(const uint8_t *)text, (const uint8_t *)text + strlen(text)}; }
static Slice slice_of(const Buffer *buffer) { return (Slice){buffer->bytes, buffer->bytes + buffer->length}; }
static void put_varint(Buffer *to, uint64_t value) {
  for (; value > 0x7f; value >>= 7) to->bytes[to->length++] = (uint8_t)(value | 0x80);
  to->bytes[to->length++] = (uint8_t)value;
}
static void put_number(Buffer *to, int field, uint64_t value) {
  put_varint(to, (uint64_t)field << 3), put_varint(to, value);
}
static void put_bytes(Buffer *to, int field, Slice bytes) {
  size_t length = (size_t)(bytes.end - bytes.at);
  if (to->length + length + 64 > sizeof to->bytes) exit((fputs("too long\n", stderr), 1));
  put_varint(to, (uint64_t)field << 3 | 2), put_varint(to, length);
  if (length > 0) memcpy(to->bytes + to->length, bytes.at, length);
  to->length += length;
}
static bool take_varint(Slice *from, uint64_t *value) {
  *value = 0;
  for (int shift = 0; from->at < from->end && shift < 64; shift += 7) {
    *value |= (uint64_t)(*from->at & 0x7f) << shift;
    if (*from->at++ < 0x80) return true;
  }
  return false;
}
/* Takes one field; 0 at the end. The contract has only numbers, and fields with a length. */
static int take_field(Slice *from, uint64_t *number, Slice *bytes) {
  uint64_t tag;
  if (!take_varint(from, &tag) || !take_varint(from, number)) return 0;
  if ((tag & 7) == 2 && *number > (uint64_t)(from->end - from->at)) return 0;
  if ((tag & 7) == 2) *bytes = (Slice){from->at, from->at + *number}, from->at = bytes->end;
  return (int)(tag >> 3);
}
static void write_message(int fd, const Buffer *message) {
  Buffer framed = {.length = 0};
  put_varint(&framed, message->length);
  memcpy(framed.bytes + framed.length, message->bytes, message->length);
  send(fd, framed.bytes, framed.length + message->length, MSG_NOSIGNAL);
}
/* Numbers a signal, keeps it until it is acknowledged, and sends it. */
static void send_signal(int fd, int field, Slice body, Slice to, Slice negotiation, uint64_t session) {
  if (seq - acked >= UNACKED) return; /* the other side will offer again */
  Buffer *signal = &unacked[++seq % UNACKED];
  *signal = (Buffer){.length = 0};
  put_number(signal, SEQ, seq), put_number(signal, ACK, heard);
  put_bytes(signal, PEER, to), put_bytes(signal, NEGOTIATION, negotiation);
  put_number(signal, PEER_SESSION, session);
  put_bytes(signal, field, body);
  write_message(fd, signal);
}
/* Handles one response; false when the stream is over. */
static bool handle(int fd, Slice response) {
  uint64_t number, this_seq = 0, session = 0, retry = 0;
  Slice bytes, sender = text_of(""), negotiation = sender, body = sender, text = sender;
  int field, kind = 0;
  while ((field = take_field(&response, &number, &bytes)))
    if (field == SEQ) this_seq = number;
    else if (field == ACK) acked = number > acked ? (uint32_t)number : acked;
    else if (field == PEER) sender = bytes;
    else if (field == NEGOTIATION) negotiation = bytes;
    else if (field == PEER_SESSION) session = number;
    else kind = field, body = bytes;
  if (this_seq && this_seq <= heard) return true; /* it has come before */
  if (this_seq) heard = (uint32_t)this_seq;
  if (kind == WELCOME) {
    while ((field = take_field(&body, &number, &bytes)))
      if (field == 1) snprintf(token, sizeof token, "%.*s", (int)(bytes.end - bytes.at), (const char *)bytes.at);
    printf("joined as %s\n", name);
    for (uint32_t each = acked + 1; each <= seq; each++) write_message(fd, &unacked[each % UNACKED]);
  } else if (kind == OFFER) {
    Buffer answer = {.length = 0};
    put_bytes(&answer, 1, text_of("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=device\r\nt=0 0\r\n"));
    printf("offer from %.*s\n", (int)(sender.end - sender.at), (const char *)sender.at);
    send_signal(fd, ANSWER, slice_of(&answer), sender, negotiation, session);
  } else if (kind == CLOSED) {
    while ((field = take_field(&body, &number, &bytes)))
      if (field == 3) text = bytes;
      else if (field == 4) retry = number;
    printf("closed: %.*s\n", (int)(text.end - text.at), (const char *)text.at);
    over = retry <= RETRY_NEVER;
    if (retry == RETRY_REJOIN) token[0] = 0, seq = acked = heard = 0;
    return false;
  }
  Buffer beat = {.length = 0}; /* acknowledges, and shows that the device is alive */
  put_number(&beat, ACK, heard), put_bytes(&beat, HEARTBEAT, text_of(""));
  write_message(fd, &beat);
  return true;
}
static void converse(int fd) {
  static uint8_t in[65536];
  Buffer start = {.length = 0}, first = {.length = 0};
  put_bytes(&start, 1, text_of(token[0] ? token : room));
  if (token[0]) put_number(&start, 2, heard), put_number(&start, 3, acked);
  else put_bytes(&start, 2, text_of(name));
  put_bytes(&start, token[0] ? 4 : 6, text_of(access_token));
  put_bytes(&first, token[0] ? RESUME : JOIN, slice_of(&start));
  send(fd, "\0parley1", 8, MSG_NOSIGNAL);
  write_message(fd, &first);
  for (size_t filled = 0, quiet = 0;;) {
    if (leaving && token[0]) leaving = 0, send_signal(fd, LEAVE, text_of(""), text_of(""), text_of(""), 0);
    int ready = poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 1000);
    if (ready < 0 || (ready == 0 && ++quiet < QUIET_SECONDS)) continue;
    ssize_t count = ready == 0 ? 0 : recv(fd, in + filled, sizeof in - filled, 0);
    if (count <= 0) return; /* lost, or silent, or a message beyond what this device can hold */
    Slice rest = {in, in + filled + count}, next = rest;
    for (uint64_t length; take_varint(&next, &length) && length <= (uint64_t)(next.end - next.at); next = rest)
      if (rest.at = next.at + length, !handle(fd, (Slice){next.at, rest.at})) return;
    memmove(in, rest.at, filled = (size_t)(rest.end - rest.at));
    quiet = 0;
  }
}
int main(int argc, char **argv) {
  if (argc < 5) return fprintf(stderr, "usage: %s HOST PORT ROOM PEER [ACCESS_TOKEN]\n", argv[0]), 2;
  room = argv[3], name = argv[4], access_token = argc > 5 ? argv[5] : "";
  setvbuf(stdout, NULL, _IOLBF, 0); /* a line at a time */
  sigaction(SIGTERM, &(struct sigaction){.sa_handler = on_signal}, NULL);
  while (!over) {
    struct addrinfo *found = NULL, hints = {.ai_socktype = SOCK_STREAM};
    int fd = getaddrinfo(argv[1], argv[2], &hints, &found) ? -1 : socket(found->ai_family, SOCK_STREAM, 0);
    if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) == 0) converse(fd);
    if (fd >= 0) close(fd);
    if (found) freeaddrinfo(found);
    if (!over) sleep(1);
  }
}
