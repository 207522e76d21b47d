"""What the dashboard draws with. Widgets know no sockets: data goes down by methods, intent comes up as messages."""
