#!/bin/sh
# Prepares this machine for the containers of this site: Grafana's volume, user and group ocs (9000), the data directory,
# and who may read which secret. Run it with sudo; again after new keys or secrets were made. It changes only what is not
# as it should be, says what it does, and shows no secret.
set -eu
directory=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
id=9000     # user and group of OCS's aggregator, and of sisock's containers
mariadb=999 # group of the database in its image
status=0

say() { echo "init-docker-env: $*"; }
complain() { echo "init-docker-env: $*" >&2; status=1; }

if [ "$(id -u)" -ne 0 ]; then
  complain "run it as root: sudo $0"
  exit 1
fi
if [ ! -f "$directory/.env" ]; then
  complain "$directory/.env is not there: sisock site init makes it"
  exit 1
fi

# The volume that keeps what is configured in Grafana.
engine=''
for candidate in docker podman; do
  if command -v "$candidate" >/dev/null 2>&1; then
    engine=${engine:-$candidate}
    # One that is installed and does not run is not the one in use, where there is another.
    if "$candidate" info >/dev/null 2>&1; then engine=$candidate; break; fi
  fi
done
if [ -z "$engine" ]; then
  complain "neither docker nor podman is there: install one, then run this again for the volume grafana-storage"
elif "$engine" volume inspect grafana-storage >/dev/null 2>&1; then
  say "volume grafana-storage is there"
elif "$engine" volume create grafana-storage >/dev/null; then
  say "made the volume grafana-storage ($engine)"
else
  complain "$engine could not make the volume grafana-storage: is its service running?"
fi

# The user that the aggregator's files belong to.
if group=$(getent group "$id"); then
  group=${group%%:*}
  say "group $group ($id) is there"
elif getent group ocs >/dev/null; then
  complain "the group ocs is there with another number than $id: the containers' files belong to $id all the same"
  group=''
else
  groupadd -g "$id" ocs
  group=ocs
  say "made the group ocs ($id)"
fi
if user=$(getent passwd "$id"); then
  say "user ${user%%:*} ($id) is there"
elif getent passwd ocs >/dev/null; then
  complain "the user ocs is there with another number than $id: the containers' files belong to $id all the same"
else
  useradd -u "$id" -g "$id" -M -s /usr/sbin/nologin ocs
  say "made the user ocs ($id)"
fi
caller=${SUDO_USER:-}
if [ -n "$caller" ] && [ "$caller" != root ] && [ -n "$group" ]; then
  case " $(id -nG "$caller") " in
    *" $group "*) say "$caller is in the group $group" ;;
    *)
      usermod -a -G "$group" "$caller"
      say "added $caller to the group $group: from the next login on"
      ;;
  esac
fi

# The data directory.
data=$(sed -n 's/^DATA=//p' "$directory/.env" | tail -n 1 | tr -d "\"'")
case $data in
  /*) ;;
  ./*) data=$directory/${data#./} ;;
  '') data=/data ;;
  *)
    complain "DATA of .env is neither /... nor ./...: no data directory is made"
    data=''
    ;;
esac
if [ -n "$data" ]; then
  if [ ! -d "$data" ]; then
    mkdir -p "$data"
    say "made the data directory $data"
  fi
  if [ "$(stat -c %u:%g "$data")" = "$id:$id" ]; then
    say "$data belongs to $id"
  elif [ -z "$(ls -A "$data")" ]; then
    chown "$id:$id" "$data"
    say "gave $data to $id"
  elif find "$data" -maxdepth 0 -user "$id" -perm -u+wx | grep -q .; then
    say "$data belongs to the user $id"
  else
    chown "$id:$id" "$data"
    say "gave $data to $id; what stands in it keeps its owners"
  fi
fi

# readable FILE GROUP MODE: FILE keeps its owner; its group may read it, nobody else.
readable() {
  path=$directory/$1
  if [ -L "$path" ]; then
    complain "$1 is a link: left as it is"
  elif [ ! -e "$path" ]; then
    complain "$1 is not there: sisock site init makes it"
  elif [ "$(stat -c %g:%a "$path")" != "$2:$3" ]; then
    chgrp "$2" "$path"
    chmod "$3" "$path"
    say "$1 is readable for the group $2"
  fi
}
readable .crossbar/secrets "$id" 750
readable .crossbar/secrets/server "$id" 640
readable .crossbar/secrets/consumer "$id" 640
readable .crossbar/config.json "$id" 640
readable .crossbar/server_key.pem "$id" 640
readable .database/server_key.pem "$mariadb" 640
for secret in .env secrets/server.env secrets/consumer.env .ca/ca_key.pem; do
  if [ -f "$directory/$secret" ] && [ ! -L "$directory/$secret" ] &&
    [ "$(stat -c %a "$directory/$secret")" != 600 ]; then
    chmod 600 "$directory/$secret"
    say "$secret has mode 600 now"
  fi
done

[ "$status" -eq 0 ] && say "done"
exit "$status"
