"""A device with paho-mqtt: it joins, answers an offer, loses its connection, and resumes without losing a signal."""

import json
import os
import sys
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt

broker = urlsplit(os.environ["BROKER"])
version = mqtt.MQTTv5 if sys.argv[1] == "5" else mqtt.MQTTv311
base = "parley/v1/python/cam-1"
state = {"token": "", "last": 0, "acked": 0, "seq": 0, "resumed": False, "unacknowledged": []}


def publish(message):
    client.publish(f"{base}/up", json.dumps(message), qos=1)


def signal(**body):
    state["seq"] += 1
    message = {"seq": state["seq"], "to": "ada", **body}
    state["unacknowledged"].append(message)
    publish(message)


def resume():
    publish({"resume": {"sessionToken": state["token"], "lastSeq": state["last"], "ackedSeq": state["acked"]}})


def on_connect(client, userdata, flags, reason, properties):
    client.subscribe(f"{base}/down", qos=1)


def on_subscribe(client, userdata, mid, reasons, properties):
    if state["token"]:
        resume()
    else:
        publish({"join": {"room": "python", "peerId": "cam-1"}})


def on_message(client, userdata, message):
    response = json.loads(message.payload)
    state["acked"] = max(state["acked"], response.get("ack", 0))
    state["unacknowledged"] = [each for each in state["unacknowledged"] if each["seq"] > state["acked"]]
    if "welcome" in response:
        welcome = response["welcome"]
        state["token"] = welcome["sessionToken"]
        if not welcome.get("resumed"):
            print("welcome", flush=True)
        elif not state["resumed"]:
            state["resumed"] = True
            print("resumed", flush=True)
        for each in state["unacknowledged"]:
            publish(each)
    if "closed" in response:
        # The Will, and what paho repeats before it subscribes, find no stream: resume.
        if response["closed"].get("retry") == "RETRY_RESUME":
            resume()
        else:
            print("closed", response["closed"].get("code", 0), flush=True)
            client.disconnect()
    if response.get("seq", 0) > state["last"]:
        state["last"] = response["seq"]
        publish({"ack": state["last"]})
        take(response)


def take(response):
    if "offer" in response:
        print("offer from", response["sender"], flush=True)
        signal(answer={"sdp": response["offer"]["sdp"]})
        # The answer may be on its way or not: the acknowledgement of the service decides.
        client.socket().shutdown(2)
    if "bye" in response:
        print("bye", flush=True)
        publish({"leave": {}})


client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="cam-1", protocol=version)
client.on_connect = on_connect
client.on_subscribe = on_subscribe
client.on_message = on_message
client.will_set(f"{base}/gone", "gone", qos=1)
client.reconnect_delay_set(min_delay=1, max_delay=2)
client.connect(broker.hostname, broker.port, keepalive=15)
client.loop_forever()
