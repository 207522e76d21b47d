"""Every bound of the program, in one place. Units are in the names or beside the numbers; imports nothing."""

# Protocol
MAX_FRAME_BYTES = 16 * 1024 * 1024  # a longer frame is an offence: the peer is dropped
MAX_HELLO_BYTES = 4096  # until the greeting is over
HELLO_TIMEOUT_SECONDS = 10.0
STREAM_CHUNK_BYTES = 64 * 1024  # binary payload of one frame
OUTBOX_HIGH_BYTES = 1024 * 1024  # unsent bytes at which a connection stops producing more
OUTBOX_DROP_BYTES = 32 * 1024 * 1024  # unsent bytes at which a peer that does not read is dropped
STALLED_PEER_SECONDS = 60.0  # unsent replies without progress for so long: dropped
MAX_PENDING_REQUESTS = 256  # per connection

# Sessions
MAX_NAME_LENGTH = 64
MAX_COLUMNS = 1000
MAX_ROWS = 500
DEFAULT_COLUMNS = 80
DEFAULT_ROWS = 24
MAX_COMMAND_BYTES = 4 * 1024 * 1024
MAX_QUEUED_EXECS = 1000  # per pane
MAX_PANES = 64  # in one layout
MAX_TAGS = 32  # of a session

# Journal
TAIL_BYTES = 128 * 1024  # bytes that wait, mapped and uncompressed, for the next block
FLOOD_TAIL_BYTES = 2 * 1024 * 1024  # the same while they come so fast that files and blocks would be too many
SEGMENT_BYTES = 4 * 1024 * 1024  # compressed size at which a new segment file begins
JOURNAL_LIMIT_BYTES = 512 * 1024 * 1024  # compressed bytes a pane keeps; the oldest segment goes first
MAX_UNWRITTEN_BYTES = 4 * 1024 * 1024  # held in memory per pane while the disk is full

# Screen
HISTORY_LINES = 10_000
MAX_SCROLLBACK_BYTES = 256 * 1024 * 1024  # that a new pane is given of an earlier terminal
MAX_BACKLOG_BYTES = 1024 * 1024  # bytes the screen may lag behind before the program has to wait

# Log
LOG_BYTES = 1024 * 1024
LOG_FILES = 3

# Keeper
KEEPER_FRAME_BYTES = 4 * 1024 * 1024  # a spawn request carries argv and an environment
KEEPER_OUTBOX_BYTES = 256 * 1024  # unsent bytes at which the keeper stops answering and telling
KEEPER_FILES = 8192  # descriptors the keeper allows itself, if the system does; its children keep the old limit
KEEPER_IDLE_SECONDS = 30.0  # with no pane and no server: it leaves
KEEPER_REQUEST_SECONDS = 10.0  # how long the server waits for one answer
KEEPER_START_SECONDS = 10.0
KEEPER_RESPAWNS = 5  # quick failures of a server after which the keeper waits for a client to start one
KEEPER_RESPAWN_SECONDS = 0.1  # before the second attempt; doubles with each
KEEPER_QUICK_SECONDS = 5.0  # a server that lived longer than this did not fail quickly

# Shells
MAX_MARK_BYTES = 64 * 1024  # a longer shell-integration mark is ignored

# Library
LIBRARY_CALLS = 16  # connections of one manager for calls that are answered at once
LIBRARY_STREAMS = 128  # connections of one manager for commands that are waited for, streams and events
LIBRARY_IDLE_CONNECTIONS = 4  # kept open for the next call
CANCEL_GRACE_SECONDS = 3.0  # for a cancelled command to end after the interrupt, and again after the kill
EXEC_REJOINS = 5  # lost connections in a row, without a word in between, after which exec gives up
REJOIN_SECONDS = 0.05  # before the first attempt after a lost connection; doubles with each

# Analyst
ANALYSTS = 2  # worker processes at most: one may be busy with a long output while a question is answered
ANALYST_BYTES_PER_SECOND = 1_000_000  # of an output, which lengthen the time that its analysis may take
ANALYST_MEMORY_BYTES = 2 * 1024 * 1024 * 1024  # address space of a worker: a job that wants more fails alone
ANALYST_FRAME_BYTES = 64 * 1024 * 1024  # of a job or of its result
ANALYST_WAITING = 1000  # questions that may wait for a worker
INDEXED_SIGNS = 128 * 1024 * 1024  # characters of one output that `search` knows: its beginning
UNANALYSED_KNOWN = 10_000  # ended commands whose turn comes from memory; more are found in the store
TYPED_ITEMS = 500  # failures, and diagnostics, of one result that are kept as values; all are counted

# Digests
DIGEST_TEXT_SIGNS = 6 * 1024 * 1024  # characters of one output that are looked at line by line; a part of the rest
COUNTED_SIGNS = 16 * 1024 * 1024  # characters of one output whose tokens are counted one by one; the rest by samples
DIGEST_KINDS = 100_000  # kinds of lines told apart in the middle of a larger one

# Conversations
MAX_MESSAGE_SIGNS = 1024 * 1024  # characters of one message; what is longer belongs in a file
COMMAND_SIGNS = 4000  # of a command line that its message has; the record has all of it
SETTLE_SECONDS = 2.0  # how long a reader of a context waits for what is being counted
EXPANDED_MESSAGES = 1000  # told in one answer
TOLD_BYTES = 3 * 1024 * 1024  # of messages, mail or decisions told in one answer: a frame has its limit too
MAX_DECISION_SIGNS = 16 * 1024  # characters of each thing said of a decision: all of them are told in every context
MAX_ALTERNATIVES = 64  # of a decision
