"""A scheduler and an executor on pymesos, as its README shows them; the test reads one JSON object a line from stdout."""
import json
import os
import sys
import time

from pymesos import Executor, MesosExecutorDriver, MesosSchedulerDriver, Scheduler, decode_data, encode_data


def say(**words):
    print(json.dumps(words), flush=True)


def resources(cpus, mem):
    return [
        {"name": name, "type": "SCALAR", "scalar": {"value": value}}
        for name, value in (("cpus", cpus), ("mem", mem))
    ]


class OwnScheduler(Scheduler):
    """Launches one command task and one on the executor below, then kills the first when told to on stdin."""

    def __init__(self, command):
        self.command = command
        self.launched = 0

    def registered(self, driver, framework_id, master_info):
        say(event="registered", framework=framework_id["value"])

    def reregistered(self, driver, master_info):
        say(event="reregistered")

    def resourceOffers(self, driver, offers):
        for offer in offers:
            if self.launched == 2:
                driver.declineOffer(offer["id"])
                continue
            name = ("command", "custom")[self.launched]
            self.launched += 1
            task = {
                "name": name,
                "task_id": {"value": name},
                "agent_id": {"value": offer["agent_id"]["value"]},
                "resources": resources(0.1, 64),
                "data": encode_data(b"ping"),
            }
            if name == "command":
                task["command"] = {"value": "exec sleep 1000"}
            else:
                task["executor"] = {
                    "executor_id": {"value": "own"},
                    "command": {"value": self.command},
                    "resources": resources(0.1, 128),
                }
            driver.launchTasks(offer["id"], [task], {"refuse_seconds": 0})

    def statusUpdate(self, driver, update):
        say(
            event="update",
            task=update["task_id"]["value"],
            state=update["state"],
            reason=update.get("reason"),
            data=decode_data(update["data"]).decode() if "data" in update else None,
        )

    def frameworkMessage(self, driver, executor_id, agent_id, message):
        say(event="message", text=decode_data(message).decode())

    def executorLost(self, driver, executor_id, agent_id, status):
        say(event="executor-lost", executor=executor_id["value"])


class OwnExecutor(Executor):
    def launchTask(self, driver, task):
        status = {"task_id": task["task_id"], "timestamp": time.time()}
        driver.sendStatusUpdate(dict(status, state="TASK_RUNNING", data=task["data"]))

    def frameworkMessage(self, driver, message):
        driver.sendFrameworkMessage(encode_data(b"pong " + decode_data(message)))

    def killTask(self, driver, task_id):
        driver.sendStatusUpdate({"task_id": task_id, "state": "TASK_KILLED", "timestamp": time.time()})


def schedule(master, command):
    framework = {"user": "root", "name": "pymesos", "hostname": "localhost", "checkpoint": True}
    driver = MesosSchedulerDriver(OwnScheduler(command), framework, master)
    driver.start()
    agent = {"value": sys.stdin.readline().strip()}
    for line in sys.stdin:
        verb, _, name = line.strip().partition(" ")
        if verb == "message":
            driver.sendFrameworkMessage({"value": "own"}, agent, encode_data(name.encode()))
        elif verb == "reconcile":
            driver.reconcileTasks([{"task_id": {"value": name}}])
        elif verb == "kill":
            driver.killTask({"value": name})
    driver.stop()
    driver.join()


if __name__ == "__main__":
    if "MESOS_EXECUTOR_ID" in os.environ:
        MesosExecutorDriver(OwnExecutor()).run()
    else:
        schedule(sys.argv[1], sys.argv[2])
