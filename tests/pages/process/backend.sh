#!/bin/sh
# The program beside the application: says after the page, and ends when it is told so.
echo "ipc://send?event=born&value=$$"
while read -r line; do
  case $line in
    *event=quit*) exit 3 ;;
    *) echo "ipc://send?event=said&index=0&value=$(printf '%s' "$line" | sed 's/.*&value=//')" ;;
  esac
done
