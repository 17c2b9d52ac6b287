/*
 * The thrift protocol of the queue server (port 2229): framed transport, binary protocol.
 * Times are milliseconds. No method declares an exception: what cannot be done is answered with a
 * TApplicationException (1 unknown method, 6 refused, with the reason, 7 an argument is missing).
 */

struct Item {
  1: binary data,
  /* What confirm and abort know it by; 0 where it is gone from the queue already. */
  2: i64 id,
}

struct QueueInfo {
  /* The item that comes next, if there is one. */
  1: optional binary head_item,
  /* Items queued and their bytes, without those that are open. */
  2: i64 items,
  3: i64 bytes,
  /* All files of the queue's journal. */
  4: i64 journal_bytes,
  /* Of the head item; 0 when there is none. */
  5: i64 age,
  /* Reads that wait for an item. */
  6: i32 waiters,
  /* Items that have been read and not confirmed. */
  7: i32 open_transactions,
}

enum Status {
  /* The server stops, or has a status that has no number here. */
  NOT_CONFIGURED = 0,
  /* Neither reads nor writes. */
  QUIESCENT = 1,
  /* No writes. */
  READ_ONLY = 2,
  UP = 3,
}

service Kestrel {
  /*
   * Puts items on a queue, in order, and stops at the first that is refused. Answers how many are stored, once
   * their journals have them. expiration_msec 0: they never die.
   */
  i32 put(1: string queue_name, 2: list<binary> items, 3: i32 expiration_msec = 0),

  /*
   * Takes up to max_items. With a timeout it waits until it has that many or the time is up; without one it
   * takes what is there. auto_abort_msec 0: they are gone from the queue. Otherwise they are open, and
   * go back to its head unless they are confirmed in that time. There may be fewer than are queued:
   * at the limit of open reads, and where the answer would be too large.
   */
  list<Item> get(1: string queue_name, 2: i32 max_items, 3: i32 timeout_msec = 0, 4: i32 auto_abort_msec = 0),

  /* The items with these ids are done with. Answers how many were open. Ids are the server's: any client may settle any. */
  i32 confirm(1: string queue_name, 2: set<i64> ids),

  /* The items with these ids go back to the heads of their queues. Answers how many were open. */
  i32 abort(1: string queue_name, 2: set<i64> ids),

  /* Tells about a queue, and makes it if it is not there; takes nothing. */
  QueueInfo peek(1: string queue_name),

  /* Removes all items of a queue, or of all queues; open ones stay open. */
  void flush_queue(1: string queue_name),
  void flush_all_queues(),

  /* Removes a queue, its items, its open reads and its journal. Who waits on it is answered. */
  void delete_queue(1: string queue_name),

  Status current_status(),
  void set_status(1: Status status),
  string get_version(),
}
