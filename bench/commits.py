"""2,000 one-row commits in a row: the last hundred against the first hundred."""

import statements
import measure

COMMITS = 2000


def main():
    program = statements.probe_program()
    ratios, first, last = [], [], []
    for _ in range(max(1, measure.ROUNDS // 2)):
        with measure.scratch("commits") as folder, measure.firn(folder / "lake") as server:
            times = statements.probe(
                program, server.listen.rpartition(":")[2], measure.PASSWORD, count=COMMITS, warm=20, query=False,
                sql="INSERT INTO t VALUES (%d, 'name %d', %d * 1.5)",
                before=["CREATE DATABASE bench", "USE SCHEMA bench.public",
                        "CREATE TABLE t (id INTEGER, name VARCHAR, value DOUBLE)"])
            first.append(measure.median(times[:100]))
            last.append(measure.median(times[-100:]))
            ratios.append(last[-1] / first[-1])
            connection = measure.connect(server)
            rows = connection.cursor().execute("SELECT count(*), count(DISTINCT id) FROM bench.public.t").fetchone()
            measure.check("2,000 commits", tuple(map(int, rows)) == (COMMITS + 20, COMMITS + 20))
            connection.close()
    at = ratios.index(sorted(ratios)[len(ratios) // 2])
    measure.report("commits/flat", last[at], "us", "the first hundred", first[at], at_most=1.5)


if __name__ == "__main__":
    main()
