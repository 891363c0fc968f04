// Probe times one statement over gosnowflake: it runs it -count times after -warm, and prints the times in microseconds.
package main

import (
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/snowflakedb/gosnowflake/v2"
)

type setup []string

func (s *setup) String() string { return strings.Join(*s, "; ") }

func (s *setup) Set(text string) error {
	*s = append(*s, text)
	return nil
}

func main() {
	host := flag.String("host", "127.0.0.1", "")
	port := flag.Int("port", 0, "")
	user := flag.String("user", "ADMIN", "")
	text := flag.String("sql", "SELECT 1", "the statement; %d in it is its number")
	query := flag.Bool("query", true, "the rows are read")
	warm := flag.Int("warm", 100, "")
	count := flag.Int("count", 1000, "")
	var before setup
	flag.Var(&before, "before", "statements that run first; may be given several times")
	flag.Parse()

	config := &gosnowflake.Config{Account: "firn", User: *user, Password: os.Getenv("PROBE_PASSWORD"), Host: *host, Port: *port,
		Protocol: "http"}
	connector := gosnowflake.NewConnector(gosnowflake.SnowflakeDriver{}, *config)
	database := sql.OpenDB(connector)
	defer database.Close()
	database.SetMaxOpenConns(1)
	for _, statement := range before {
		if _, err := database.Exec(statement); err != nil {
			log.Fatalf("%s: %v", statement, err)
		}
	}
	times := make([]float64, 0, *count)
	for i := 0; i < *warm+*count; i++ {
		statement := strings.ReplaceAll(*text, "%d", fmt.Sprint(i))
		begin := time.Now()
		if err := run(database, statement, *query); err != nil {
			log.Fatalf("%s: %v", statement, err)
		}
		if i >= *warm {
			times = append(times, float64(time.Since(begin).Nanoseconds())/1000)
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(times); err != nil {
		log.Fatal(err)
	}
}

func run(database *sql.DB, statement string, query bool) error {
	if !query {
		_, err := database.Exec(statement)
		return err
	}
	rows, err := database.Query(statement)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var value any
		if err := rows.Scan(&value); err != nil {
			return err
		}
	}
	return rows.Err()
}
