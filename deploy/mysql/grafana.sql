-- The user of Grafana: it may read what the dashboards show, and nothing else. Run it in the ledger's database, after the
-- migrations, as often as you like; @grafana_password is set before. What people's chats hold is not among it.
CREATE USER IF NOT EXISTS 'grafana'@'%';
SET @set_password = CONCAT('ALTER USER ''grafana''@''%'' IDENTIFIED BY ', QUOTE(@grafana_password));
PREPARE set_password FROM @set_password;
EXECUTE set_password;
DEALLOCATE PREPARE set_password;
SET @set_password = NULL, @grafana_password = NULL;
REVOKE ALL PRIVILEGES, GRANT OPTION FROM 'grafana'@'%';
GRANT SELECT ON ai_calls TO 'grafana'@'%';
GRANT SELECT ON ai_decisions TO 'grafana'@'%';
GRANT SELECT ON chain_buckets TO 'grafana'@'%';
GRANT SELECT ON coverage_gaps TO 'grafana'@'%';
GRANT SELECT ON decision_outcomes TO 'grafana'@'%';
GRANT SELECT ON oi_changes TO 'grafana'@'%';
GRANT SELECT ON option_snapshots TO 'grafana'@'%';
GRANT SELECT ON paper_equity TO 'grafana'@'%';
GRANT SELECT ON paper_positions TO 'grafana'@'%';
GRANT SELECT ON paper_trades TO 'grafana'@'%';
GRANT SELECT ON services TO 'grafana'@'%';
