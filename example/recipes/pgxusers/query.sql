-- name: GetAccount :one
select id, email, password_hash from accounts where id = $1;
