# docs
curl --no-buffer --silent --show-error --fail-with-body "$BASE_URL/chat/completions" \
  -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" -d "$BODY"
# end
