import { describe, expect, it } from "vitest";

import { ApiError } from "../api/client";
import { errorText } from "./errors";

describe("errorText", () => {
  const error = new ApiError(404, "camera_not_found", "there is no camera 'yard'");

  it("says in Korean what happened, and the details after that", () => {
    expect(errorText("ko", error)).toBe("카메라를 찾을 수 없습니다 (there is no camera 'yard')");
  });

  it("has the message of the API in English, and of what it does not know", () => {
    expect(errorText("en", error)).toBe("there is no camera 'yard'");
    expect(errorText("ko", new ApiError(418, "teapot", "short and stout"))).toBe("short and stout");
    expect(errorText("ko", new TypeError("offline"))).toBe("offline");
  });
});
