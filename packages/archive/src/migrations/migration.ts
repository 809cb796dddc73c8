/**
 * A step of the tables. Steps are never changed once they are released, only added; their statements may run again
 * after they were cut short (MariaDB commits each of them by itself).
 */
export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly mariadb: readonly string[];
  readonly libsql: readonly string[];
}
