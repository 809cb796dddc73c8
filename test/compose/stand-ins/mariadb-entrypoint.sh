#!/bin/bash
# What of the official image's entrypoint the lab uses: makes the database and its user once, then runs the server.
set -euo pipefail
if [ "$(id -u)" = 0 ]; then
  chown -R mysql:mysql /var/lib/mysql
  exec setpriv --reuid mysql --regid mysql --clear-groups "$0" "$@"
fi
database=${MARIADB_DATABASE:-${MYSQL_DATABASE:-}}
user=${MARIADB_USER:-${MYSQL_USER:-}}
password=${MARIADB_PASSWORD:-${MYSQL_PASSWORD:-}}
if [ ! -d /var/lib/mysql/mysql ]; then
  mariadb-install-db --user=mysql --datadir=/var/lib/mysql --auth-root-authentication-method=normal --skip-test-db >/dev/null
  mariadbd --skip-networking --socket=/tmp/init.sock --datadir=/var/lib/mysql &
  server=$!
  until mariadb-admin --socket=/tmp/init.sock -uroot ping >/dev/null 2>&1; do sleep 0.2; done
  root=$(head -c 24 /dev/urandom | base64)
  mariadb --socket=/tmp/init.sock -uroot <<SQL
CREATE DATABASE IF NOT EXISTS \`$database\`;
CREATE USER '$user'@'%' IDENTIFIED BY '$password';
GRANT ALL ON \`$database\`.* TO '$user'@'%';
ALTER USER root@localhost IDENTIFIED BY '$root';
SQL
  mariadb-admin --socket=/tmp/init.sock -uroot -p"$root" shutdown
  wait "$server"
fi
exec "$@" --datadir=/var/lib/mysql --bind-address=0.0.0.0
