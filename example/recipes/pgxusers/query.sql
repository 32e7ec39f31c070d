-- name: GetUser :one
select id, name, email, password_hash from users where id = $1;

-- name: GetUserByEmail :one
select id, name, email, password_hash from users where email = $1;
